//go:build unix

package peakmem

import "testing"

// The result grows when the process writes to more memory than before.
func TestBytes(t *testing.T) {
	before := Bytes()
	block := make([]byte, before+64<<20) // more memory than the process has used so far
	for i := 0; i < len(block); i += 512 {
		block[i] = 1
	}
	after := Bytes()
	if before <= 0 || after < before+32<<20 {
		t.Errorf("%d bytes before and %d after writing %d", before, after, len(block))
	}
	if block[0] != 1 {
		t.Error("the block was changed") // also keeps the block in use
	}
}
