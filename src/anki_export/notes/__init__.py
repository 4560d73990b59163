"""A folder of Markdown files as source notes, each with its title and sections."""
