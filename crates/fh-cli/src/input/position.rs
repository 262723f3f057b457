/// Where something stands in a text: both count from one; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// Moves past `bytes`.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.line += 1;
                self.column = 1;
            } else if byte & 0xC0 != 0x80 {
                self.column += 1;
            }
        }
    }

    /// The position of byte `offset` of a text that begins here.
    pub(crate) fn within(self, text: &[u8], offset: usize) -> Self {
        let mut position = self;
        position.pass(&text[..offset.min(text.len())]);
        position
    }
}
