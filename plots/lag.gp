# lag.gp: lag by partition and time, a heatmap for each group, all in the same colours; faults marked.
#
#   gnuplot -d -c lag.gp PLOTS_DIR           in the directory that holds lag.par and lag.dat
#
# The two files are written by reports/figures_lag.c: lag.dat has a block for each group, a line for each row of
# partitions, a number for each step. Shades would lie under the image: faults are a strip above each panel, and lines
# through it.

load 'lag.par'
load ARG1.'/style.gp'
if (grid_n > 3) { height = height + 210 * (grid_n - 3) }
bottom = 68.0 / height
load ARG1.'/time.gp'

data = 'lag.dat'
strip = 7 * pixel
space = 24 * pixel
panel = (top - bottom - space * (grid_n - 1)) / grid_n
panel_top(i) = top - (i - 1) * (panel + space)
panel_bottom(i) = panel_top(i) - panel
beside = right + 0.012
# gnuplot without libgd would write the SVG's images to files of their own.
has_images = strstrt(GPVAL_COMPILE_OPTIONS, '+GD_PNG') > 0 || strstrt(GPVAL_TERMINALS, ' png ') > 0

do for [i = 1:fault_n] {
    set object (2 * i) rectangle from first fault_from[i], graph 1 to first fault_recovered[i], graph (1 + strip / panel) \
        noclip front fillcolor rgb recovery_color fillstyle solid noborder
    set object (2 * i + 1) rectangle from first fault_from[i], graph 1 to first fault_until[i], graph (1 + strip / panel) \
        noclip front fillcolor rgb fault_color fillstyle solid noborder
    set arrow (1000 + i) from first fault_from[i], graph 0 to first fault_from[i], graph (1 + strip / panel) \
        nohead front linecolor rgb '#FFFFFF' linewidth 3
    set arrow (2000 + i) from first fault_from[i], graph 0 to first fault_from[i], graph (1 + strip / panel) \
        nohead front linecolor rgb fault_ink linewidth 1.2
}

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'lag.'.ending
    set multiplot
    load ARG1.'/header.gp'
    unset grid
    load ARG1.'/heat.gp'
    set cbrange [color_min:color_max]
    set logscale cb
    set cbtics ()
    do for [i = 1:int(color_ticks)] { set cbtics add (color_label[i] color_tick[i]) }
    set cblabel "lag (records,\nlog scale)" offset 1.5, 0 textcolor rgb ink
    set colorbox vertical user origin screen beside, screen panel_bottom(1) \
        size screen 0.014, screen (panel - (fault_n > 0 ? 84 : 30) * pixel)
    set key at screen beside, screen (panel_top(1) - 18 * pixel) left top
    do for [g = 1:grid_n] {
        set tmargin at screen panel_top(g)
        set bmargin at screen panel_bottom(g)
        set label 3 grid_name[g] at screen beside, screen (panel_top(g) - 7 * pixel) left noenhanced textcolor rgb ink
        set ylabel grid_axis[g] noenhanced offset -0.5, 0 textcolor rgb ink
        set yrange [-0.5:grid_top[g]]
        set ytics 0, grid_tick[g]
        if (g == grid_n) {
            set xtics ()
            do for [i = 1:int(x_ticks)] { set xtics add (x_label[i] x_tick[i]) }
            set xlabel 'time of day' textcolor rgb ink
        }
        at_least(v) = v < color_floor ? color_floor : v
        if (has_images) {
            plot data index (g - 1) matrix using (start + ($1 + 0.5) * grid_dx[g]):(-0.5 + ($2 + 0.5) * grid_dy[g]):(at_least($3)) \
                    with image notitle, \
                for [i = 1:(g == 1 && fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
                    fillcolor rgb fault_color title 'fault', \
                for [i = 1:(g == 1 && fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
                    fillcolor rgb recovery_color title 'recovering'
        } else {
            plot data index (g - 1) matrix using (start + ($1 + 0.5) * grid_dx[g]):(-0.5 + ($2 + 0.5) * grid_dy[g]):(at_least($3)) \
                    with image pixels notitle
        }
        # What belongs to the first panel alone.
        unset label
        unset colorbox
        do for [i = 1:fault_n] {
            if (fault_row[i] >= 0) { unset arrow (4000 + i) }
        }
    }
    unset xlabel
    unset logscale cb
    unset multiplot
    set output
}
