title = Bild analysieren
own = Was das Bild selbst sagt
nothing = Nichts darüber, wie es entstand.
photographed = Es wurde mit einer Kamera aufgenommen.
use-recipe = Sein Rezept verwenden
    .tip = Das Rezept, das im Bild steht, in das Bedienfeld übernehmen.
use-its-model = Sein Modell verwenden
    .tip = Mit dem Modell malen, mit dem das Bild entstand.
not-here = Es ist nicht in der Bibliothek.
prompt = Prompt
with = Tagger
with-tip = Das Netz, das in Tags sagt, was auf dem Bild ist: WD14 oder JoyTag.
built-in = Eingebaut (gezeichnete Szenen)
needed = Für einen Prompt braucht es einen Tagger: model.onnx mit selected_tags.csv. Mit `pentimento models get SmilingWolf/wd-vit-tagger-v3` einen holen oder seine Datei wählen. Alles andere geht auch ohne.
look = Ansehen
    .tip = Den Tagger das Bild ansehen lassen.
looking = Wird angesehen…
threshold = Schwelle
    .tip = Wie sicher der Tagger sein muss, damit etwas in den Prompt kommt.
character = Schwelle für Namen
    .tip = Wie sicher er sein muss, wen er sieht; darin irrt er leichter.
weighted = Nach Sicherheit gewichten
    .tip = Sicherere Tags als (tag:1.15) und weniger sichere als (tag:0.85) schreiben.
text = Vorgeschlagener Prompt
text-hint = Tags anklicken, um sie hierher zu setzen
foreign = Dieser Tagger kennt die Welt dieses Bildes nicht; seine Tags besagen wenig. Einen anderen wählen.
unsure = Der Tagger ist sich nirgends sicher; Tags anklicken oder die Schwelle senken.
append = Anhängen
    .tip = Diese Wörter an den Prompt im Bedienfeld anhängen.
replace = Ersetzen
    .tip = Diese Wörter an die Stelle des Prompts im Bedienfeld setzen.
model = Modell
ranking = Die Bibliothek wird durchgesehen…
use = Verwenden
use-model-tip = Mit diesem Modell malen.
in-use = in Verwendung
no-reason = Nichts spricht dafür oder dagegen.
size = Größe
no-spec = Das Modell wird gelesen.
use-size-tip = Bereich, Größe und Umgebung im Bedienfeld so einstellen.
put-back = Zurücknehmen
    .tip = Rezept und Modell wieder so, wie sie vor dem letzten Klick hier waren.
own-size = die Größe des Bildes
recipe = { $count ->
    [one] Ein Rezept mit { $count } Wert.
   *[other] Ein Rezept mit { $count } Werten.
}
recipe-with-prompt = { $count ->
    [one] Ein Rezept mit { $count } Wert: { $prompt }
   *[other] Ein Rezept mit { $count } Werten: { $prompt }
}
made-with-hash = Entstanden mit { $model } (Hash { $hash }).
made-with = Entstanden mit { $model }.
made-by-hash = Entstanden mit einem Modell mit dem Hash { $hash }.
pixels = { $size } Pixel.
use-model = { $model } verwenden
size-masked = Nur der maskierte Teil, { $size }, Umgebung { $padding }
size-whole = Das ganze Bild, { $size }
no-caption = Keiner
describe = Beschreiben
    .tip = Den Bildbeschreiber das Bild beschreiben lassen.
describing = Wird beschrieben…
caption = Beschreibung
caption-with = Bildbeschreiber
    .tip = Das Netz, das das Bild in Sätzen beschreibt: Florence-2 als ONNX. `pentimento models get onnx-community/Florence-2-base-ft` holt eines.
