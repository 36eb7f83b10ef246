"""Accounts, on top of allauth: our words, and what it does not do by itself.

``forms``       what is asked, and what is wrong with an answer, in our words
``adapter``     where people go after signing in, what is mailed, how passkeys are called
``kept``        a letter that waits in the session until its writer has signed in
``confirm``     "is it still you?", for whoever has neither password nor second factor
``middleware``  what of this happens on every page
"""
