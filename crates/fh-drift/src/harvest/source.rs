//! Something that has pages, one page of it, and what a harvest will put up with.

use std::io::Read;
use std::time::Duration;

/// One page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The text, UTF-8.
    pub text: String,
    /// What the server said of its age, as it said it.
    pub last_modified: Option<String>,
}

/// Something that has pages.
pub trait Source {
    /// The page at this absolute path of the site, such as `/llms.txt`.
    ///
    /// # Errors
    ///
    /// What went wrong, in words for the person who reads the report; the caller names the page.
    fn page(&self, path: &str) -> Result<Fetched, String>;

    /// Scheme, host and port that every link must have, such as `https://docs.example.com`; a directory has none of
    /// its own and takes the one its links agree on.
    fn origin(&self) -> Option<String>;

    /// The most pages that are read before the site is taken to be something else.
    fn most_pages(&self) -> usize;
}

/// What a harvest will put up with.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one page, from the connection to its last byte.
    pub page_time: Duration,
    /// Bytes of one page.
    pub largest_page: usize,
    /// Pages of one site.
    pub most_pages: usize,
    /// Redirects on the way to one page.
    pub most_redirects: usize,
    /// Attempts for one page, the first included.
    pub attempts: u32,
    /// Between two requests.
    pub pause: Duration,
    /// Before the second attempt; doubled for each further one. `Retry-After` may lengthen it.
    pub back_off: Duration,
    /// The longest wait that `Retry-After` can ask for.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            page_time: Duration::from_secs(30),
            largest_page: 2 * 1024 * 1024,
            most_pages: 2_000,
            most_redirects: 5,
            attempts: 4,
            pause: Duration::from_millis(200),
            back_off: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
        }
    }
}

/// Reads at most `largest` bytes of UTF-8; `go_on` is asked before each further piece.
pub(super) fn read_capped(
    mut from: impl Read,
    largest: usize,
    go_on: impl Fn() -> Result<(), String>,
) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 16 * 1024];
    loop {
        go_on()?;
        let count = from
            .read(&mut piece)
            .map_err(|error| format!("the text broke off: {error}"))?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&piece[..count]);
        if bytes.len() > largest {
            return Err(format!("longer than {largest} bytes: no page of documentation is"));
        }
    }
    String::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}
