//! Tests that cross crates stand in `tests/`; here are the guides, whose snippets are compiled.

/// A guide, as a test of the documentation sees it.
#[cfg(doctest)]
macro_rules! guide {
    ($name:ident, $file:literal) => {
        #[doc = include_str!($file)]
        struct $name;
    };
}

#[cfg(doctest)]
guide!(Readme, "../../README.md");
#[cfg(doctest)]
guide!(Agent, "../../docs/agent.md");
#[cfg(doctest)]
guide!(Outbox, "../../docs/outbox.md");
#[cfg(doctest)]
guide!(Printing, "../../docs/printing.md");
#[cfg(doctest)]
guide!(Simulator, "../../docs/simulator.md");
#[cfg(doctest)]
guide!(Webhooks, "../../docs/webhooks.md");
