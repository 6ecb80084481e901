"""The one door for what others add: what it may be (`spec`), who comes in (`registry`), what it must do (`testing`)."""
