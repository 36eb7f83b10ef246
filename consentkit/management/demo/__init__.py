"""What ``manage.py demo`` makes: a person with cases, a clinic and a group, all invented."""
