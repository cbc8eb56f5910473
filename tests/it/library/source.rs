//! What words a download may be asked for by.

use pentimento::library::Source;

/// Words `|` the source as it is written shortest, or `!` and a part of the complaint.
const SOURCES: &str = "
owner/name | owner/name
owner/name@v1.0 | owner/name@v1.0
owner/name@main | owner/name
owner/name/model.safetensors | owner/name/model.safetensors
owner/name/unet/a b.safetensors@refs/pr/3 | owner/name/unet/a b.safetensors@refs/pr/3
https://huggingface.co/owner/name | owner/name
https://huggingface.co/owner/name/ | owner/name
https://hf.co/owner/name/tree/fp16 | owner/name@fp16
https://huggingface.co/owner/name/blob/main/x/a.safetensors | owner/name/x/a.safetensors
https://huggingface.co/owner/name/resolve/main/a%20b.safetensors?download=true | owner/name/a b.safetensors
https://huggingface.co/owner/name/blob/refs%2Fpr%2F1/a.safetensors | owner/name/a.safetensors@refs/pr/1
https://huggingface.co/datasets/owner/name | ! nothing that can be fetched
https://huggingface.co/owner/name/resolve/main/..%2f..%2fa.safetensors | ! outside its folder
https://huggingface.co/owner/name/blob/main/a.ckpt | ! pickle
owner/name/../../a.safetensors | ! outside its folder
owner/name/a\\b.safetensors | ! outside its folder
owner/name/a.safetensors@../x | ! outside its folder
owner/name/a.pt | ! pickle
owner/.name | ! nothing that can be fetched
owner | ! nothing that can be fetched
civitai:123 | civitai:123
civitai:abc | ! nothing that can be fetched
https://civitai.com/models/4201/realistic?modelVersionId=501240 | civitai:501240
https://civitai.com/models/4201?a=b&modelVersionId=7#x | civitai:7
https://civitai.com/api/download/models/9?type=Model | civitai:9
https://civitai.com/models/4201 | ! several versions
https://example.com/x/a.safetensors | https://example.com/x/a.safetensors
https://example.com/a.safetensors?key=1 | https://example.com/a.safetensors?key=1
https://example.com/a%2F..%2Fb.safetensors | ! outside its folder
https://example.com/a.pth | ! pickle
https://example.com/ | ! the file itself
https://example.com | ! the file itself
https://user@example.com/a.safetensors | ! nothing that can be fetched
http://example.com/a.safetensors | ! unencrypted
http://localhost:80/a.safetensors | http://localhost:80/a.safetensors
http://localhost.example.com/a.safetensors | ! unencrypted
ftp://example.com/a.safetensors | ! nothing that can be fetched
file:///etc/passwd | ! nothing that can be fetched
";

#[test]
fn sources_are_read_as_in_the_table() {
    for row in SOURCES.trim().lines() {
        let (words, wanted) = row.split_once('|').unwrap();
        let found = words.trim().parse::<Source>();
        match (wanted.trim().strip_prefix("! "), found) {
            (Some(part), Err(error)) => assert!(error.to_string().contains(part), "{row}: {error}"),
            (None, Ok(source)) => {
                assert_eq!(source.to_string(), wanted.trim(), "{row}");
                assert_eq!(source.to_string().parse(), Ok(source), "{row}");
            }
            (_, found) => panic!("{row}: {found:?}"),
        }
    }
}
