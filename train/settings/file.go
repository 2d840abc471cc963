package settings

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// Version is the version of the configuration files that [Lists.Format] writes. Files of version
// 1 have no version key, and 0 means the default for some of their settings. Up to version 2 the
// schedule plateau waits one epoch longer than its patience.
const Version = 3

// VersionKey is the key of the version in a configuration file.
const VersionKey = "version"

// Format returns the settings as TOML, grouped by topic.
func (ls Lists) Format() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s = %d\n", VersionKey, Version)
	var topics []string
	for _, l := range ls {
		for _, s := range l {
			if !s.Unsaved && !slices.Contains(topics, s.Topic) {
				topics = append(topics, s.Topic)
			}
		}
	}
	for _, topic := range topics {
		fmt.Fprintf(&b, "\n# %s\n", topic)
		for _, l := range ls {
			for _, s := range l {
				if s.Unsaved || s.Topic != topic {
					continue
				}
				v := s.Value.Get()
				if u, ok := v.(uint64); ok && u > math.MaxInt64 {
					v = strconv.FormatUint(u, 10) // TOML has no larger integers than int64
				}
				if text, ok := v.(string); ok && !utf8.ValidString(text) {
					return nil, fmt.Errorf("%s is %q, want valid UTF-8", s.Name, text) // TOML cannot hold it
				}
				line, err := toml.Marshal(map[string]any{s.Name: v})
				if err != nil {
					return nil, fmt.Errorf("%s: %w", s.Name, err)
				}
				b.Write(line)
			}
		}
	}
	return b.Bytes(), nil
}

// MaxBytes is the largest size of a configuration file in bytes. Files that Format writes have
// about 2,000 bytes. Deeply nested brackets in a much larger file would overflow the stack of the
// TOML parser.
const MaxBytes = 1 << 16

// Parse reads a configuration file in TOML. It returns the version of the file and the values
// as text, by key. It returns an error if the version is newer than this program supports.
func Parse(content []byte) (version int, texts map[string]string, err error) {
	if len(content) > MaxBytes {
		return 0, nil, fmt.Errorf("%d bytes, want at most %d", len(content), MaxBytes)
	}
	values := map[string]any{}
	if _, err := toml.Decode(string(content), &values); err != nil {
		return 0, nil, err
	}
	version = 1
	if v, ok := values[VersionKey]; ok {
		n, whole := v.(int64)
		if !whole || n < 1 || n > Version {
			return 0, nil, fmt.Errorf("its version is %v, this program reads 1 to %d", v, Version)
		}
		version = int(n)
		delete(values, VersionKey)
	}
	texts = map[string]string{}
	for key, v := range values {
		if texts[key], err = scalar(v); err != nil {
			return 0, nil, fmt.Errorf("%s = %v: %w", key, v, err)
		}
	}
	return version, texts, nil
}

// scalar returns a TOML value as text.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", fmt.Errorf("want a string, a number or a boolean, not a %T", v)
}
