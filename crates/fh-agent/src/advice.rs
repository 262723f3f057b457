/// Where the program around an agent says how things are set up in it. The agent says the rest.
///
/// Start from [`Advice::default`] and set what you can say better.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advice {
    /// How to have the agent answer to another `Host`; said to whoever asks under one that it does not know.
    pub host: String,
    /// How to have an agent work for another lane; said on the page when documents wait in a lane that nobody works for.
    pub lane: String,
    /// Where the token is; said on the page for signing in, a paragraph each.
    pub token: Vec<String>,
}

impl Default for Advice {
    fn default() -> Self {
        Self {
            host: "whoever runs the agent can let it answer to another name".to_owned(),
            lane: "Start the agent of that device, or let this one work for it too.".to_owned(),
            token: Vec::new(),
        }
    }
}
