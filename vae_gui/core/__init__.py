"""Mathematics, training and files. Never imports Qt."""
