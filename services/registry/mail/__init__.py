"""What leaves the registry as mail: each message once, whatever restarts."""
