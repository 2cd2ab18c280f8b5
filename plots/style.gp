# style.gp: what all figures share — palette, size, margins, axes. Loaded by each figure's script after its parameters.
#
# The palette is Okabe and Ito's (2008), which colour-blind readers can tell apart; its yellow is left out, being too
# pale for lines on white. Colours repeat with another dash after six. Names are data: text is never enhanced.

set encoding utf8
array palette[6] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9']
color(i) = palette[(int(i) - 1) % 6 + 1]
dash(i) = int((int(i) - 1) / 6) + 1

ink = '#222222'
rule = '#E2E2E2'

# Panels stand between these; figures_time.c counts on the width between left and right, in pixels, to place labels.
width = 1300
height = 800
left = 0.082
right = 0.770
bottom = 0.085

set style line 100 linecolor rgb rule linewidth 1
set grid xtics ytics linestyle 100 back
set border 3 linecolor rgb '#888888' linewidth 1
set tics nomirror out scale 0.6 textcolor rgb ink
set key vertical Left reverse noenhanced samplen 3 spacing 1.25 width 0 textcolor rgb ink
set lmargin at screen left
set rmargin at screen right
set datafile separator whitespace
