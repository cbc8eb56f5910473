#![no_main]

#[path = "../../tests/it/engine/hostile/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::check("lora", bytes));
