//! Small servers that answer as they are told: a service with a device of one's choice, a receiver of webhooks, an agent.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// What a stub answers to a request, whole: status line, headers, body.
type Answer = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Answers each request, one for each connection.
pub(crate) async fn serve(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer: Answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let request = read(&mut stream).await;
                let _ = stream.write_all(answer(&request).as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

/// A request, with its body.
pub(crate) async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
            _ => return String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

pub(crate) fn answer(status: u16, more: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n{body}",
        body.len()
    )
}

/// A service whose device and subscription are these.
pub(crate) async fn service(config: serde_json::Value, subscription: serde_json::Value) -> String {
    let device = serde_json::json!({"CurrentConfig": config.to_string()}).to_string();
    let address = serve(move |request| {
        let json = "Content-Type: application/json\r\n";
        let body = match request.split(' ').nth(1).unwrap_or_default() {
            "/profile" => r#"{"Id":1,"FullName":"Shop"}"#.to_owned(),
            "/fiscaldevice" => device.clone(),
            "/subscription" => subscription.to_string(),
            "/status" => "[]".to_owned(),
            "/taxmapping" => r#"[{"Id":1,"TaxCode":"VAT15.5","DestinationTaxId":517}]"#.to_owned(),
            "/currencymapping" => r#"[{"Id":2,"SourceCurrency":"USD","DestinationCurrency":"USD"}]"#.to_owned(),
            _ => r#"["USD","ZWG"]"#.to_owned(),
        };
        answer(200, json, &body)
    })
    .await;
    format!("http://{address}")
}

/// A configuration of the authority's.
pub(crate) fn config(certificate: &str, qr_url: &str) -> serde_json::Value {
    serde_json::json!({
        "taxPayerName": "Mopani Trading", "taxPayerTIN": "2000123456", "vatNumber": "220012345", "qrUrl": qr_url,
        "certificateValidTill": certificate,
        "applicableTaxes": [{"taxID": 517, "taxName": "Standard rated 15.5%", "taxPercent": 15.5}],
    })
}
