"""What is printed from the code: API document, schedules, subscriptions, plans, SQL.

Runs when somebody builds or checks the suite, never inside a function.
"""
