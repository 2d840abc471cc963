package samples

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
)

// WritePNG writes a picture to a file.
func WritePNG(path string, p image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, p); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// WriteAlphabet writes pictures of each letter into a subfolder of its name.
func WriteAlphabet(folder string, seed uint64, each int) error {
	for letter, l := range Letters {
		dir := filepath.Join(folder, l.Name)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		for i := range each {
			page, err := Letter(seed, letter, i)
			if err != nil {
				return err
			}
			if err := WritePNG(filepath.Join(dir, fmt.Sprintf("%03d.png", i)), page); err != nil {
				return err
			}
		}
	}
	return nil
}
