"""Our training runs compared with independent implementations and published runs."""
