"""The engineer's tools, a module for each verb: they need no broker and no facilityd. Profiles are only read; probe and scan talk to a bus
themselves, read only, and refuse while another program on this machine has the line.

Each is run(words, options): the words behind the verb; options has config (the configuration's main file), language and
colour. The exit status is returned.
"""
