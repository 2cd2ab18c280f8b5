# heat.gp: the palette of heatmaps: viridis (Smith and van der Walt 2015), which colour-blind readers and grey printers
# can tell apart, at equal steps of lightness.

set palette defined (0 '#440154', 1 '#482878', 2 '#3E4A89', 3 '#31688E', 4 '#26828E', 5 '#1F9E89', 6 '#35B779', \
    7 '#6DCD59', 8 '#B4DE2C', 9 '#FDE725') maxcolors 256
