package fairplay

import (
	"encoding/binary"
	"math"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// breakers are attackers whose heads are bad, whether they know it or not.
func breakers() []Attack {
	worse := map[Mode]string{Open: "mostly no better than the base: paid nothing", Fair: "mostly no better than the base: paid nothing, and the bond is lost"}
	zero := map[Mode]string{Open: "not a number anywhere: scores 0", Fair: "scores 0, and the bond is lost"}
	return []Attack{
		{Name: "label flip", Why: worse, hand: one(func(s *scene) (packagefmt.Network, error) {
			flipped := s.data(s.mode, Trainers).relabelled(func(label int) int { return s.classes - 1 - label })
			return s.train("flipped "+s.mode.String(), s.pkg.Head, flipped, s.task.honest, Trainers)
		})},
		{Name: "sign flip", Why: worse, hand: own(func(s *scene, head packagefmt.Network) packagefmt.Network {
			return moved(s.pkg.Head, head, -1)
		})},
		{Name: "update × 10", Why: map[Mode]string{Open: "ten times too far: nothing on the digits, nearly an honest head on the tables", Fair: "ten times too far: no better than honest heads"},
			hand: own(func(s *scene, head packagefmt.Network) packagefmt.Network { return moved(s.pkg.Head, head, 10) })},
		{Name: "weights × 1e20", Why: zero, hand: own(func(_ *scene, head packagefmt.Network) packagefmt.Network {
			return scaled(head, 1e20)
		})},
		{Name: "NaN", Why: zero, hand: own(func(_ *scene, head packagefmt.Network) packagefmt.Network {
			return changed(head, func(_ string, data []float32) { data[0] = float32(math.NaN()) })
		})},
	}
}

// own spoils what an honest trainer would hand in.
func own(spoil func(*scene, packagefmt.Network) packagefmt.Network) hand {
	return one(func(s *scene) (packagefmt.Network, error) {
		head, err := s.Lab.honest(s.mode, Trainers)
		if err != nil {
			return head, err
		}
		return spoil(s, head), nil
	})
}

// floats are the bytes of numbers in a file of tensors.
func floats(data []float32) []byte {
	out := make([]byte, 0, 4*len(data))
	for _, v := range data {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}
