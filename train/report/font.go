package report

import (
	"image"
	"image/color"
	"strings"
)

// A glyph has 5 x 7 dots, and an empty column follows it. A dot is a square with a side of
// fontScale pixels.
const (
	glyphWidth, glyphHeight = 5, 7
	glyphsInBand            = 16
	fontScale               = 2
	advance                 = (glyphWidth + 1) * fontScale
	textHeight              = glyphHeight * fontScale
)

// glyphs holds the printable ASCII characters, in bands of 16.
var glyphs = [...]string{
	//       !     "     #     $     %     &     '     (     )     *     +     ,     -     .     /
	"        #    # #   # #    #   ##     ##     #      #   #                                       ",
	"        #    # #   # #   #### ##  # #  #    #     #     #     #     #                         #",
	"        #         ##### # #      #  # #          #       #  # # #   #                        # ",
	"        #          # #   ###    #    #           #       #   ###  #####       #####         #  ",
	"        #         #####   # #  #    # # #        #       #  # # #   #     #                #   ",
	"                   # #  ####  #  ## #  #          #     #     #     #     #          ##   #    ",
	"        #          # #    #      ##  ## #          #   #                 #           ##        ",
	// 0     1     2     3     4     5     6     7     8     9     :     ;     <     =     >     ?
	" ###    #    ###  #####    #  #####   ##  #####  ###   ###                 #         #     ### ",
	"#   #  ##   #   #    #    ##  #      #        # #   # #   #  ##    ##     #           #   #   #",
	"#  ##   #       #   #    # #  ####  #        #  #   # #   #  ##    ##    #    #####    #      #",
	"# # #   #      #     #  #  #      # ####    #    ###   ####             #               #    # ",
	"##  #   #     #       # #####     # #   #  #    #   #     #  ##    ##    #    #####    #    #  ",
	"#   #   #    #    #   #    #  #   # #   #  #    #   #    #   ##     #     #           #        ",
	" ###   ###  #####  ###     #   ###   ###   #     ###   ##          #       #         #      #  ",
	// @     A     B     C     D     E     F     G     H     I     J     K     L     M     N     O
	" ###   ###  ####   ###  ###   ##### #####  ###  #   #  ###    ### #   # #     #   # #   #  ### ",
	"#   # #   # #   # #   # #  #  #     #     #   # #   #   #      #  #  #  #     ## ## #   # #   #",
	"    # #   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # # ##  # #   #",
	" ## # ##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # # # # # #   #",
	"# # # #   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   # #  ## #   #",
	"# # # #   # #   # #   # #  #  #     #     #   # #   #   #   #  #  #  #  #     #   # #   # #   #",
	" ###  #   # ####   ###  ###   ##### #      #### #   #  ###   ##   #   # ##### #   # #   #  ### ",
	// P     Q     R     S     T     U     V     W     X     Y     Z     [     \     ]     ^     _
	"####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####  ###         ###    #        ",
	"#   # #   # #   # #       #   #   # #   # #   # #   # #   #     #  #    #        #   # #       ",
	"#   # #   # #   # #       #   #   # #   # #   #  # #  #   #    #   #     #       #  #   #      ",
	"####  #   # ####   ###    #   #   # #   # # # #   #    # #    #    #      #      #             ",
	"#     # # # # #       #   #   #   # #   # # # #  # #    #    #     #       #     #             ",
	"#     #  #  #  #      #   #   #   #  # #  # # # #   #   #   #      #        #    #             ",
	"#      ## # #   # ####    #    ###    #    # #  #   #   #   #####  ###         ###        #####",
	// `     a     b     c     d     e     f     g     h     i     j     k     l     m     n     o
	" #          #               #         ##        #       #      #  #      ##                    ",
	"  #         #               #        #  #       #                 #       #                    ",
	"   #   ###  # ##   ###   ## #  ###   #     #### # ##   ##     ##  #  #    #   ## #  # ##   ### ",
	"          # ##  # #     #  ## #   # ###   #   # ##  #   #      #  # #     #   # # # ##  # #   #",
	"       #### #   # #     #   # #####  #     #### #   #   #      #  ##      #   # # # #   # #   #",
	"      #   # #   # #   # #   # #      #        # #   #   #   #  #  # #     #   #   # #   # #   #",
	"       #### ####   ###   ####  ###   #     ###  #   #  ###   ##   #  #   ###  #   # #   #  ### ",
	// p     q     r     s     t     u     v     w     x     y     z     {     |     }     ~
	"                         #                                           #    #    #         ",
	"                         #                                          #     #     #        ",
	"####   ## # # ##   ###  ###   #   # #   # #   # #   # #   # #####   #     #     #    #   ",
	"#   # #  ## ##  # #      #    #   # #   # #   #  # #  #   #    #   #      #      #  # # #",
	"####   #### #      ###   #    #   # #   # # # #   #    ####   #     #     #     #      # ",
	"#         # #         #  #  # #  ##  # #  # # #  # #      #  #      #     #     #        ",
	"#         # #     ####    ##   ## #   #    # #  #   #  ###  #####    #    #    #         ",
}

// dot reports whether dot (x, y) of a character is set. A character that the font does not have
// is shown as a box.
func dot(r rune, x, y int) bool {
	i := int(r) - ' '
	if i < 0 || i > '~'-' ' {
		return x == 0 || y == 0 || x == glyphWidth-1 || y == glyphHeight-1
	}
	row := glyphs[i/glyphsInBand*glyphHeight+y]
	return row[i%glyphsInBand*(glyphWidth+1)+x] == '#'
}

// textWidth returns the width of a text in pixels.
func textWidth(text string) int { return len([]rune(text))*advance - fontScale }

// drawText draws a text whose upper left corner is (left, top).
func drawText(img *image.RGBA, left, top int, text string, ink color.Color) {
	drawGlyphs(text, func(x, y int) { img.Set(left+x, top+y, ink) })
}

// drawTextUp draws a text from bottom to top. It starts at (left, bottom).
func drawTextUp(img *image.RGBA, left, bottom int, text string, ink color.Color) {
	drawGlyphs(text, func(x, y int) { img.Set(left+y, bottom-1-x, ink) })
}

// drawGlyphs calls set for each pixel of a text.
func drawGlyphs(text string, set func(x, y int)) {
	for i, r := range []rune(text) {
		for y := range textHeight {
			for x := range glyphWidth * fontScale {
				if dot(r, x/fontScale, y/fontScale) {
					set(i*advance+x, y)
				}
			}
		}
	}
}

// shorten returns a text with at most n characters. If it removes characters, the result ends
// in two dots.
func shorten(text string, n int) string {
	if r := []rune(strings.TrimSpace(text)); len(r) > n {
		return string(r[:n-2]) + ".."
	}
	return strings.TrimSpace(text)
}
