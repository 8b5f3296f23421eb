"""The lint finds what it is there for, and nothing in sound code."""

import os
import subprocess

import pytest

LINT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lint.py")


def lint(folder, **files):
    """Runs the lint on files whose names have '__' for '/'; (status, lines)."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run(["/usr/bin/python3", LINT, str(folder)], text=True,
                          stdout=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.splitlines()


SOUND = """\
/* A comment with exit() and time() and { in it. */
#include "core/clock.h"
#define OPEN {
typedef void on_change(void *context);

static const struct row { int a; } rows[] = { { 1 }, { 2 } };

struct later {
	int (*run)(void);
};

int uptime(void)
{
	const char *text = "time(NULL); } \\" {";

	if (text[0] == '}' || text[0] == '"')
		return runtime(1);
	return 0;
}
"""


def test_sound_code_has_no_finding(tmp_path):
    status, lines = lint(tmp_path, daemon__a_dot_c=SOUND)
    assert lines == ["lint: 1 files, 0 findings"]
    assert status == 0


def body(count):
    return "int long_one(void)\n{\n" + "\tstep();\n" * count + "}\n"


@pytest.mark.parametrize("name, text, line, words", [
    ("core__a_dot_c", '#include "rules/rule.h"\n', 1, "includes point one way"),
    ("rules__a_dot_c", '\n#include "adapters/adapter.h"\n', 2, "includes point one way"),
    ("daemon__hub__a_dot_c", '#include "adapters/modbus/modbus.h"\n', 1, "includes point one way"),
    ("daemon__bus__a_dot_c", '#include "daemon/hub/hub.h"\n', 1, "includes point one way"),
    ("daemon__mqtt__a_dot_c", "#include <mosquitto.h>\n", 1, "only link/program/ may use it"),
    ("daemon__bus__a_test_dot_c", '#include "daemon/hub/hub.h"\n', 1, "includes point one way"),
    ("core__a_dot_c", '#include "tests/broker.h"\n', 1, "includes point one way"),
    ("core__a_dot_c", '#include "log.h"\n', 1, "has no room"),
    ("rules__a_dot_c", "int a(void)\n{\n\treturn time(NULL);\n}\n", 3, "reads a clock"),
    ("daemon__bus__a_dot_c", "int a(void)\n{\n\treturn clock_gettime(0, &t);\n}\n", 3, "reads a clock"),
    ("rules__a_dot_c", "int a(void)\n{\n\treturn sd_event_now(e, 0, &t);\n}\n", 3,
     "reads a clock"),
    ("adapters__a_dot_c", "void a(void)\n{\n\texit(1);\n}\n", 3, "exit() ends the program"),
    ("adapters__a_dot_c", "void a(void)\n{\n\tabort();\n}\n", 3, "abort() ends the program"),
    ("core__a_dot_h", "typedef struct a a_t;\n", 1, "typedef of what is no callback"),
    ("core__a_dot_h", "typedef struct {\n\tint a;\n} a_t;\n", 1, "typedef"),
    ("core__a_dot_c", body(61), 2, "long_one() has 61 lines"),
    ("core__a_dot_c", "static struct row rows[] = { { 1 } };\n" + body(70), 3, "70 lines"),
    ("core__a_dot_c", "int a;\n" * 601, 601, "601 lines: split the file"),
    ("core__a_dot_c", "int a; \n", 1, "white space at the end"),
    ("docs__a_dot_md", "one\n" + "<" * 7 + " HEAD\n", 2, "the mark of a merge"),
    ("core__a_dot_c", "int a(void)\n{\n        return 1;\n}\n", 3, "indented with blanks"),
    ("tests__a_dot_py", "a = 1 \n", 1, "white space at the end"),
    ("core__a_dot_c", "int a;", 1, "no line feed at the end"),
    ("docs__a_dot_md", b"caf\xe9\n", 1, "not UTF-8"),
])
def test_finding(tmp_path, name, text, line, words):
    status, lines = lint(tmp_path, **{name: text})
    path = name.replace("__", "/").replace("_dot_", ".")
    assert len(lines) == 2, lines
    assert lines[0].startswith(f"{path}:{line}: ")
    assert words in lines[0]
    assert lines[-1] == "lint: 1 files, 1 findings"
    assert status == 1


@pytest.mark.parametrize("name, text", [
    ("core__clock_dot_c", "long a(void)\n{\n\treturn clock_gettime(0, &t);\n}\n"),
    ("daemon__a_dot_c", "int a(void)\n{\n\treturn sd_event_now(e, 0, &t);\n}\n"),
    ("daemon__main_dot_c", "void a(void)\n{\n\texit(1);\n}\n"),
    ("config__a_dot_c", "void a(void)\n{\n\tif (fork() == 0)\n\t\t_exit(1);\n}\n"),
    ("daemon__a_test_dot_c", '#include "tests/broker.h"\n'),
    ("core__a_dot_c", body(60)),
    ("core__a_dot_c", "int a;\n" * 600),
    ("tests__config-errors__a_dot_conf", b"caf\xe9\n"),
])
def test_what_is_allowed(tmp_path, name, text):
    status, lines = lint(tmp_path, **{name: text})
    assert status == 0, lines


def test_circle_of_includes(tmp_path):
    status, lines = lint(tmp_path, core__a_dot_h='#include "core/b.h"\n',
                         core__b_dot_h='#include "core/a.h"\n')
    assert lines[0] == "core/a.h:1: a circle of includes: core/a.h, core/b.h"
    assert status == 1


def compiled(folder, **files):
    """Lints files as lint() does, with what the compiler makes of them."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        built = folder / "build" / path.relative_to(folder).with_suffix(".o")
        built.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-c", "-o", built, path], check=True)
    done = subprocess.run(["/usr/bin/python3", LINT, "--build", "build", str(folder)], text=True,
                          stdout=subprocess.PIPE, check=False)
    return [line for line in done.stdout.splitlines() if line.startswith(("core/", "rules/"))]


def test_circle_of_calls(tmp_path):
    assert compiled(tmp_path, core__a_dot_c="int b(void);\nint a(void)\n{\n\treturn b();\n}\n",
                    core__b_dot_c="int a(void);\nint b(void)\n{\n\treturn a();\n}\n") == [
        "core/a.c:1: a circle of calls: core/a.c -> core/b.c, core/b.c -> core/a.c"]


def test_call_of_a_room_above(tmp_path):
    assert compiled(tmp_path, core__a_dot_c="int b(void);\nint a(void)\n{\n\treturn b();\n}\n",
                    rules__b_dot_c="int b(void)\n{\n\treturn 1;\n}\n") == [
        "core/a.c:1: calls rules/b.c, whose room it may not use (rooms.mk)"]


def test_format_is_asked_of_clang_format(tmp_path):
    status, lines = lint(tmp_path, core__a_dot_c="int  a;\n")
    assert status == 0, "a folder without .clang-format is not formatted"
    (tmp_path / ".clang-format").write_text("BasedOnStyle: LLVM\n")
    status, lines = lint(tmp_path)
    if any(line.startswith("format not checked") for line in lines):
        pytest.skip(lines[-2])
    assert "core/a.c:1: not as clang-format has it" in lines[0]
    assert status == 1
