"""The bedside screen in a browser: for a demonstration, and for whoever helps from afar through a tunnel to this machine."""
