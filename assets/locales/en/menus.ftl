file = File
edit = Edit
picture = Picture
mask = Mask
repaint = Repaint
view = View
help = Help
