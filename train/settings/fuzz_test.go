package settings

import "testing"

// Settings that can be read from a file can be written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte("version = 2\nname = 'a'\ncount = 3\nseed = '18446744073709551615'\nrate = 0.1\nquiet = true\nlevel = 'deep'\n"))
	f.Add([]byte("[a]\nb=1\n"))
	f.Add([]byte("count = 0x10\nrate = inf\n"))
	f.Add([]byte("seed = \"18446744073709551616\"\nlevel=\"\"\"x\\u0000\"\"\""))
	f.Add([]byte("rate = nan\nrate = 1e400\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, texts, err := Parse(content)
		if err != nil {
			return
		}
		var first, second sample
		if first.settings().ApplyFile(texts) != nil || first.settings()[0].Check() != nil {
			return
		}
		file, err := first.settings().Format()
		if err != nil {
			t.Fatalf("%+v is read but not written: %v", first, err)
		}
		_, texts, err = Parse(file)
		if err == nil {
			err = second.settings().ApplyFile(texts)
		}
		if err != nil || first != second {
			t.Fatalf("%+v is written as\n%s\nand read as %+v, %v", first, file, second, err)
		}
	})
}
