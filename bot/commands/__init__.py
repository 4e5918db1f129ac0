"""What the commands of `bot/cli.py` do, one file each. They stand on `bot.app` and nothing stands on them."""
