"""The checkers: one function for each claim, over what lies in Kafka, in the databases and in the clients' history.

They share no code with the program: the log is decoded by `log_reader.py`, the tables are asked by `tables.py`. Each
answers what is broken, worst first; nothing is the good answer.

| module | claims |
|---|---|
| `log.py` | once each, without gaps, in one partition |
| `answers.py` | what clients were told is so, in an order that nobody contradicts |
| `shown.py` | the live view holds the log, and what was read at an instant holds |
| `told.py` | nobody twice, nobody silently not |
| `counted.py` | the ledger adds up, nobody holds too much |
| `rest.py` | nothing waits that could move |
"""
