"""`gongdan doctor`: what is wrong, in one line each; it changes nothing.

`kafka.py` looks at the brokers, `databases.py` at the four databases, `services.py` at what runs;
`command.py` asks all of them.
"""
