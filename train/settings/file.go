package settings

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/BurntSushi/toml"
)

// Version is the version of the configuration files that [Lists.Format] writes. In version 1,
// whose files do not say so, 0 stood for some settings' defaults. Up to version 2 the schedule
// plateau waited one epoch longer than its patience.
const Version = 3

// versionKey is the key of a file's version.
const versionKey = "version"

// Format returns the settings as TOML, by topic.
func (ls Lists) Format() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s = %d\n", versionKey, Version)
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
					v = strconv.FormatUint(u, 10) // beyond TOML's largest number
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

// Parse reads the version and the texts of the settings from TOML.
func Parse(content []byte) (version int, texts map[string]string, err error) {
	values := map[string]any{}
	if _, err := toml.Decode(string(content), &values); err != nil {
		return 0, nil, err
	}
	version = 1
	if v, ok := values[versionKey]; ok {
		n, whole := v.(int64)
		if !whole || n < 1 || n > Version {
			return 0, nil, fmt.Errorf("its version is %v, this program reads 1 to %d", v, Version)
		}
		version = int(n)
		delete(values, versionKey)
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
	return "", fmt.Errorf("want a text, a number or a truth value, not a %T", v)
}
