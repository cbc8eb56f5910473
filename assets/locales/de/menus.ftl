file = Datei
edit = Bearbeiten
picture = Bild
mask = Maske
repaint = Neu malen
view = Ansicht
help = Hilfe
