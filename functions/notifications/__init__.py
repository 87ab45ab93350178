"""The in-app feed: what happened to somebody, told once, in his language.

Each is also pushed to the person's installs, unless he saves data, has read it meanwhile or is
leaving; a locked phone shows no words. Listens to the services listings, bizconnect,
messaging, platform and users; announces `InstallLost`.
"""
