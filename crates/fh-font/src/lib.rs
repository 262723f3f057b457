//! Bitmap letters for receipts: GNU Unifont, 8 by 16 dots (16 by 16 for wide letters), compressed to 0.7 MB.
//!
//! A thermal printer has the letters of one code page. What it has not is drawn with these. Left out are the scripts whose letters change
//! with their neighbours or run from the right, since letters put side by side would be wrong there: [`glyph`] has none for them.
//!
//! The letters are under the SIL Open Font License 1.1, which travels with this crate ([`LICENCE`]).
//!
//! ```
//! assert_eq!(fh_font::glyph('é').map(|glyph| glyph.width()), Some(8));
//! assert_eq!(fh_font::glyph('茶').map(|glyph| glyph.width()), Some(16));
//! assert!(fh_font::glyph('ب').is_none(), "Arabic letters join");
//! ```

mod packed;

pub use packed::{Glyph, HEIGHT, glyph};

/// The copyright and the licence of the letters.
pub const LICENCE: &str = include_str!("../OFL-1.1.txt");

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
