pictures-and-projects = Bilder und Projekte
project = Pentimento-Projekt (OpenRaster)
saved-already = Das Projekt ist so, wie es in seiner Datei steht.
foreign = Ein anderes Programm hat es geschrieben: seine Ebenen werden als ein Bild geöffnet, und Speichern fragt nach einer neuen Datei.
nothing-to-recover = Keine Sitzung endete unerwartet.
title = Ungespeicherte Arbeit gefunden
body-one = Eine Sitzung endete unerwartet. Ihre Arbeit ist noch da:
body-many = Sitzungen endeten unerwartet. Ihre Arbeit ist noch da, neueste zuerst:
recover = Wiederherstellen
recover-tooltip = Diese Arbeit so öffnen, wie sie beim letzten Schritt war.
throw-away = Verwerfen
throw-away-tooltip = Diese Arbeit löschen; es wird noch einmal gefragt.
throw-away-truly = Endgültig löschen
throw-away-truly-tooltip = Diese Arbeit löschen; nichts bringt sie zurück.
keep = Behalten
keep-tooltip = Diese Arbeit lassen, wo sie ist.
later = Später
later-tooltip = Alles behalten: Datei, „Arbeit wiederherstellen“ zeigt es wieder, ebenso der nächste Start.
untitled = Unbenannt
no-state-folder = Ungespeicherte Arbeit würde in dieser Sitzung keinen Absturz überstehen: Das System nennt keinen Ordner dafür; HOME setzen.
just-now = gerade eben
unknown-modes = { $name } hat Mischmodi, die hier nicht bekannt sind und als normal genommen wurden ({ $modes }); dort, wo es entstand, als PNG exportieren, damit es aussieht wie dort.
damaged = { $name } ist beschädigt. Verloren: { $lost }. Der Rest wurde gelesen; in eine andere Datei speichern.
results-lost = { $count ->
    [one] Ein Ergebnis aus { $name } passt nicht in den Speicher für Ergebnisse oder nicht zu seinem Bild.
   *[other] { $count } Ergebnisse aus { $name } passen nicht in den Speicher für Ergebnisse oder nicht zu ihrem Bild.
}
recovering = { $name } wird wiederhergestellt…
recovered = { $name } ist wiederhergestellt, aber noch nicht gespeichert.
recovered-torn = { $name } ist bis auf den allerletzten, abgebrochenen Schritt wiederhergestellt, aber noch nicht gespeichert.
of-size = { $size } Pixel, { $since }
minutes-ago = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
hours-ago = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
days-ago = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}
