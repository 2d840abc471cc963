package graph

import (
	"errors"
	"fmt"
	"hash/crc32"

	"gorgonia.org/gorgonia"
)

// errEqualHashes is wrapped by the error of checkHashes. The operations of this package get other
// hashes each time that a network is declared, so declaring it again removes the collision, except
// between inputs, parameters and operations of gorgonia, whose hashes follow from their names.
var errEqualHashes = errors.New("their 32-bit hashes are equal by chance")

// checkHashes refuses a graph in which two different nodes have the same hash.
//
// Gorgonia takes two nodes for one if their 32-bit hashes are equal: it computes the first and
// reads its value for both. The hash of a node covers its type, its shape, its operation or
// name, and the hashes of its inputs. Among 200 nodes two have the same hash with a probability
// of 5 in a million. A hash of another kind shows that they are different.
func checkHashes(c *compilation) error {
	type entry struct {
		node *gorgonia.Node
		crc  uint32
	}
	seen := map[uint32]entry{}
	for _, n := range c.builder.graph.AllNodes() {
		h := crc32.NewIEEE()
		n.WriteHash(h)
		if first, ok := seen[n.Hashcode()]; ok && first.crc != h.Sum32() {
			return fmt.Errorf("gorgonia would take two nodes for one, %s and %s, because %w: rename a layer or a parameter",
				c.describe(first.node), c.describe(n), errEqualHashes)
		}
		seen[n.Hashcode()] = entry{n, h.Sum32()}
	}
	return nil
}
