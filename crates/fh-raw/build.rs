//! Generates the client, and the facade's documents, from the specification that lies beside this file.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=openapi.json");
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(problem) = generate() {
        println!("cargo::error=openapi.json: {problem}");
    }
}

fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let document = serde_json::from_str(&fs::read_to_string("openapi.json")?)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?);
    fs::write(out.join("client.rs"), fh_codegen::generate(&document)?)?;
    fs::write(out.join("documents.rs"), fh_codegen::documents(&document)?)?;
    Ok(())
}
