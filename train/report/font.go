package report

import (
	"image"
	"image/color"
	"strings"
)

// A character has 5 x 7 dots and a column of space after it. A dot is a square of
// fontScale pixels.
const (
	glyphWidth, glyphHeight = 5, 7
	glyphsInBand            = 16
	fontScale               = 2
	advance                 = (glyphWidth + 1) * fontScale
	textHeight              = glyphHeight * fontScale
)

// glyphs holds the printable characters of ASCII, in bands of 16.
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

// dot reports whether a dot of a character is set. A character that the font lacks is a
// box.
func dot(r rune, x, y int) bool {
	i := int(r) - ' '
	if i < 0 || i > '~'-' ' {
		return x == 0 || y == 0 || x == glyphWidth-1 || y == glyphHeight-1
	}
	row := glyphs[i/glyphsInBand*glyphHeight+y]
	return row[i%glyphsInBand*(glyphWidth+1)+x] == '#'
}

// textWidth is the width of a text in pixels.
func textWidth(text string) int { return len([]rune(text))*advance - fontScale }

// drawText writes a text with its upper left corner at (left, top).
func drawText(img *image.RGBA, left, top int, text string, ink color.Color) {
	drawGlyphs(text, func(x, y int) { img.Set(left+x, top+y, ink) })
}

// drawTextUp writes a text from bottom to top; (left, bottom) is the corner where it
// starts.
func drawTextUp(img *image.RGBA, left, bottom int, text string, ink color.Color) {
	drawGlyphs(text, func(x, y int) { img.Set(left+y, bottom-1-x, ink) })
}

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

// shorten cuts a text to at most n characters, of which the last are dots.
func shorten(text string, n int) string {
	if r := []rune(strings.TrimSpace(text)); len(r) > n {
		return string(r[:n-2]) + ".."
	}
	return strings.TrimSpace(text)
}
