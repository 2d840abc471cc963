package data

import (
	"image/color"
	"testing"
)

func TestContactSheet(t *testing.T) {
	s := numbered(t, 5)
	// Images of 2 x 3 are enlarged 93 times: one is 279 wide and 186 high.
	list := s.ContactSheet([]int{4, 1, 77}, 2)
	if got, want := list.String(), "3 images of numbered: b b / -"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	sheet := list.Picture()
	if got := sheet.Bounds().Size(); got.X != 2*281+2 || got.Y != 2*188+2 {
		t.Fatalf("sheet of %v pixels, want 564 x 378", got)
	}
	for _, tt := range []struct {
		x, y int
		want uint8
		what string
	}{
		{0, 0, 96, "the corner"},
		{2, 2, 200, "the first pixel of image 4"},
		{2 + 92, 2 + 92, 200, "the last of the enlarged first pixel"},
		{2 + 93, 2, 4, "the second pixel of image 4"},
		{2 + 278, 2 + 185, 4, "the last pixel of image 4"},
		{2 + 279, 2, 96, "the line between"},
		{2 + 281 + 278, 2, 1, "image 1"},
		{10, 2 + 188 + 10, 96, "the place of an index outside"},
	} {
		if got := color.GrayModel.Convert(sheet.At(tt.x, tt.y)).(color.Gray).Y; got != tt.want {
			t.Errorf("%s has %d, want %d", tt.what, got, tt.want)
		}
	}
}

func TestContactSheetDefaults(t *testing.T) {
	s := numbered(t, 120)
	if got := s.ContactSheet(nil, 0).Picture().Bounds().Size(); got.X != 10*86+2 || got.Y != 10*58+2 {
		t.Errorf("sheet of %v pixels, want ten rows of ten", got)
	}
	if got := s.ContactSheet([]int{}, -3).Picture().Bounds().Size(); got.X < 1 || got.Y < 1 {
		t.Errorf("sheet without images has %v pixels", got)
	}
	if got := s.ContactSheet([]int{1, 2}, 1<<40).Picture().Bounds().Size(); got.X != 2*281+2 {
		t.Errorf("two images in endless columns: %v pixels", got)
	}
}
