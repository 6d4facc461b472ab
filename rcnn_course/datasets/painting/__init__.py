"""How generated people are painted: polygons, a canvas, a skeleton, people, things and scenes.

Read in this order: `shapes`, `canvas`, `skeleton`, `poses`, `looks`, `heads`, `person`,
`objects`, `outdoors`, `indoors`, `scenes`, `composition`. Lengths are pixels of the picture unless
a name says otherwise; x goes right and y goes down, except in a body's own axes, where y goes up.
"""
