used = Netze auf einem Server ausführen
ask = Noch einmal fragen
looking = Der Server wird gefragt.
server = Server
    .tip = Führt Netze des Modells anstelle dieses Rechners aus: einer, der das Open Inference Protocol, Version 2, spricht (Triton, KServe, OpenVINO Model Server).
address = Adresse
    .tip = Ihr Schema bestimmt, wie mit ihm gesprochen wird. Auf mehrere werden die Aufträge verteilt: mit Leerzeichen dazwischen angeben.
address-hint = grpc://HOST:8001 oder http://HOST:8000
networks = Dort laufen
    .tip = Netze des Modells, jedes mit seinem Namen und seiner Version auf dem Server, wo diese nicht die üblichen sind, wie in unet=sd15-unet@2.
authorities = Zertifikate
    .tip = PEM-Datei der Zertifikate, nach denen dem Server vertraut wird, anstelle der üblichen.
authorities-hint = die üblichen
token-file = Token-Datei
    .tip = Datei mit dem Token, nach dem der Server fragt.
