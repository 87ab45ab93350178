"""What people decide: the queue of listings, approval and rejection.

Announces `ReviewDecided`.
"""
