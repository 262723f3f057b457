//! Choices among a few.

/// What becomes of letters that the code page has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OtherLetters {
    /// Their line is drawn, dot by dot.
    #[default]
    Drawn,
    /// They lose their marks (`é` becomes `e`) or become `?`. Faster, and for printers that draw nothing.
    Ascii,
}

/// Who draws the QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum QrBy {
    /// The printer, by its own command (`GS ( k`).
    #[default]
    Printer,
    /// We do, dot by dot, for printers that do not know the command.
    Dots,
    /// Nobody: the printer can do neither. The address stands there as text in any case.
    Nobody,
}

/// How the paper is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Cut {
    /// But for a strip.
    #[default]
    Partial,
    /// Through.
    Full,
    /// Not at all: the paper is fed far enough to be torn off.
    None,
}
