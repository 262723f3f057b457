//! Reads the sources of one crate: its modules, what each of them names, and what each of them uses.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, File, ImplItem, Item, ItemUse, Macro, Meta, Path, UseTree, Visibility,
    buffer::{Cursor, TokenBuffer},
    visit::{self, Visit},
};

/// The files of a crate's `src` folder, by their paths in it.
pub(crate) type Sources = BTreeMap<String, String>;

/// The modules of a crate, the first of each root first. Tests are left out.
#[derive(Default)]
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
}

/// One module: a file, or a part of one.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    /// The names from the root of the crate to here.
    pub(crate) path: Vec<String>,
    pub(crate) children: BTreeMap<String, usize>,
    pub(crate) items: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    /// Paths that stand in the code, and in its macros and attributes.
    pub(crate) paths: Vec<Vec<String>>,
    /// Where the files of its children lie.
    folder: String,
}

/// One name that a `use` brings.
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// None for a glob and for `_`.
    pub(crate) name: Option<String>,
    pub(crate) is_glob: bool,
    /// `pub use`, `pub(crate) use` and the like.
    pub(crate) is_reexport: bool,
}

impl Crate {
    /// Reads a crate from its roots, `lib.rs` and `main.rs`.
    pub(crate) fn read(sources: &Sources) -> Self {
        let mut found = Self::default();
        for root in ["lib.rs", "main.rs"] {
            if let Some(text) = sources.get(root) {
                let module = found.add(Module {
                    file: root.to_owned(),
                    ..Module::default()
                });
                found.read_file(sources, module, text);
            }
        }
        assert!(!found.modules.is_empty(), "there is no lib.rs and no main.rs");
        found
    }

    fn add(&mut self, module: Module) -> usize {
        self.modules.push(module);
        self.modules.len() - 1
    }

    fn read_file(&mut self, sources: &Sources, module: usize, text: &str) {
        let file: File = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", self.modules[module].file));
        let mut reader = Reader {
            sources,
            found: self,
            module,
        };
        file.items.iter().for_each(|item| reader.visit_item(item));
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    found: &'a mut Crate,
    module: usize,
}

impl Reader<'_> {
    fn here(&mut self) -> &mut Module {
        &mut self.found.modules[self.module]
    }

    fn child(&mut self, item: &syn::ItemMod) {
        let name = item.ident.to_string();
        let parent = &self.found.modules[self.module];
        let mut module = Module {
            file: parent.file.clone(),
            parent: Some(self.module),
            path: parent.path.iter().cloned().chain([name.clone()]).collect(),
            folder: format!("{}{name}/", parent.folder),
            ..Module::default()
        };
        let text = item.content.is_none().then(|| {
            let candidates = [
                format!("{}{name}.rs", parent.folder),
                format!("{}{name}/mod.rs", parent.folder),
            ];
            let (file, text) = candidates
                .into_iter()
                .find_map(|file| Some((file.clone(), self.sources.get(&file)?)))
                .unwrap_or_else(|| panic!("{}: the module {name} has no file", parent.file));
            module.file = file;
            text
        });
        let child = self.found.add(module);
        self.here().children.insert(name, child);
        if let Some(text) = text {
            self.found.read_file(self.sources, child, text);
        } else if let Some((_, items)) = &item.content {
            let mut reader = Reader {
                sources: self.sources,
                found: self.found,
                module: child,
            };
            items.iter().for_each(|item| reader.visit_item(item));
        }
    }

    fn import(&mut self, tree: &UseTree, prefix: &[String], is_reexport: bool) {
        let with = |name: &syn::Ident| prefix.iter().cloned().chain([plain(name)]).collect::<Vec<_>>();
        let (path, name, is_glob) = match tree {
            UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), is_reexport),
            UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|tree| self.import(tree, prefix, is_reexport));
            }
            UseTree::Name(name) if name.ident == "self" => (prefix.to_vec(), prefix.last().cloned(), false),
            UseTree::Name(name) => (with(&name.ident), Some(plain(&name.ident)), false),
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" {
                    prefix.to_vec()
                } else {
                    with(&rename.ident)
                };
                (path, Some(plain(&rename.rename)).filter(|name| name != "_"), false)
            }
            UseTree::Glob(_) => (prefix.to_vec(), None, true),
        };
        self.here().imports.push(Import {
            path,
            name,
            is_glob,
            is_reexport,
        });
    }

    /// Paths in tokens that nobody parses: those that begin with a place in this crate, or with any name and go on.
    fn tokens(&mut self, mut cursor: Cursor<'_>) {
        while !cursor.eof() {
            if let Some((inside, _, _, after)) = cursor.any_group() {
                self.tokens(inside);
                cursor = after;
            } else if let Some((first, mut after)) = cursor.ident() {
                let mut path = vec![plain(&first)];
                while let Some((next, behind)) = colons(after).and_then(|behind| behind.ident()) {
                    path.push(plain(&next));
                    after = behind;
                }
                if path.len() > 1 {
                    self.here().paths.push(path);
                }
                cursor = after;
            } else if let Some((literal, after)) = cursor.literal() {
                // `#[serde(with = "crate::…")]`
                let text = literal.to_string();
                let text = text.trim_matches('"');
                if ["crate::", "self::", "super::"]
                    .iter()
                    .any(|start| text.starts_with(start))
                {
                    self.here().paths.push(text.split("::").map(str::to_owned).collect());
                }
                cursor = after;
            } else {
                let Some((_, after)) = cursor.token_tree() else { return };
                cursor = after;
            }
        }
    }
}

/// What follows a `::`.
fn colons(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, after) = cursor.punct()?;
    let (second, after) = after.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(after)
}

fn plain(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// Whether it is there for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let text = list.tokens.to_string();
        list.path.is_ident("cfg") && (text == "test" || text.starts_with("all (test") || text.starts_with("all(test"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    Some(plain(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    }))
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        if let Item::Mod(item) = item {
            return self.child(item);
        }
        self.here().items.extend(name(item));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Fn(item) => &item.attrs[..],
            ImplItem::Const(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
            self.here().paths.push(names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &'ast Macro) {
        self.visit_path(&found.path);
        self.tokens(TokenBuffer::new2(found.tokens.clone()).begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        match &attribute.meta {
            Meta::List(list) => self.tokens(TokenBuffer::new2(list.tokens.clone()).begin()),
            other => visit::visit_meta(self, other),
        }
    }

    /// `pub(super)` gives leave, it asks for nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
