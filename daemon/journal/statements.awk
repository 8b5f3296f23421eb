# statements.sql as a C header: an enum of the names, and the statements themselves.
/^-- name: / { name[++count] = $3; next }
/^--/ || !count { next }
/./ { gsub(/["\\]/, "\\\\&"); text[count] = text[count] "\n\t\t\"" $0 "\\n\"" }
END {
	print "/* Made of daemon/journal/statements.sql. */\n\nenum journal_sql {"
	for (i = 1; i <= count; i++)
		print "\tSQL_" name[i] ","
	print "\tSQL_COUNT\n};\n\nstatic const char *const JOURNAL_SQL[SQL_COUNT] = {"
	for (i = 1; i <= count; i++)
		print "\t[SQL_" name[i] "] =" text[i] ","
	print "};"
}
