# style.gp: what all figures share — terminals, palette, margins, axes, faults. Loaded by each figure's script.
#
# The palette is Okabe and Ito's (2008), which colour-blind readers can tell apart; its yellow is left out, being too
# pale for lines on white. Colours repeat with another dash after six. Names are data: text is never enhanced.

set encoding utf8
array palette[6] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9']
color(i) = palette[(int(i) - 1) % 6 + 1]
dash(i) = int((int(i) - 1) / 6) + 1

ink = '#222222'
rule = '#E2E2E2'
fault_color = '#F6D2B8'
recovery_color = '#FBF0CF'
fault_ink = '#8A4A1C'

# Panels stand between these; figures.c counts on the width between left and right, in pixels, to place labels.
width = 1300
height = 800
left = 0.082
right = 0.770
top = 0.915 - 0.032 * fault_rows
middle = (top + 0.085) / 2.0
bottom = 0.085
gap = 0.028

set style line 100 linecolor rgb rule linewidth 1
set grid xtics ytics linestyle 100 back
set border 3 linecolor rgb '#888888' linewidth 1
set tics nomirror out scale 0.6 textcolor rgb ink
set key vertical Left reverse noenhanced samplen 3 spacing 1.25 width 0 textcolor rgb ink
set lmargin at screen left
set rmargin at screen right
set datafile separator whitespace

set xrange [x_min:x_max]

# An objective's line has the colour of the output it is about, or ink if that is not drawn; dashes tell several apart.
target_color(line) = line > 0 ? color(line) : ink
target_dash(i) = 2 + (int(i) - 1) % 4

# Shades behind the data; a solid line where the fault begins.
do for [i = 1:fault_n] {
    set object (2 * i) rectangle from first fault_from[i], graph 0 to first fault_recovered[i], graph 1 \
        behind fillcolor rgb recovery_color fillstyle solid noborder
    set object (2 * i + 1) rectangle from first fault_from[i], graph 0 to first fault_until[i], graph 1 \
        behind fillcolor rgb fault_color fillstyle solid noborder
    set arrow (1000 + i) from first fault_from[i], graph 0 to first fault_from[i], graph 1 \
        nohead back linecolor rgb fault_ink linewidth 1.2
}
