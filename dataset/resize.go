package dataset

import "fmt"

// maxSide bounds a side of a resized picture, in pixels.
const maxSide = 1 << 13

// Check returns an error for sizes that no picture can have; nil is fine.
func (r *Resize) Check() error {
	if r == nil {
		return nil
	}
	if len(r.Size) != 1 && len(r.Size) != 2 || len(r.Crop) != 0 && len(r.Crop) != 2 || (len(r.Size) == 1 && len(r.Crop) == 0) {
		return fmt.Errorf("dataset: resize to %v, crop %v: want [shorter side] with a crop, or [height, width]", r.Size, r.Crop)
	}
	for _, n := range append(append([]int{}, r.Size...), r.Crop...) {
		if n < 1 || n > maxSide {
			return fmt.Errorf("dataset: resize to %v, crop %v: sides are 1 to %d pixels", r.Size, r.Crop, maxSide)
		}
	}
	for i, n := range r.Crop {
		if n > r.Size[min(i, len(r.Size)-1)] {
			return fmt.Errorf("dataset: a crop of %v does not fit into a picture resized to %v", r.Crop, r.Size)
		}
	}
	if r.Filter != "" && r.Filter != "bilinear" && r.Filter != "bicubic" {
		return fmt.Errorf("dataset: resize filter %q: want bilinear or bicubic", r.Filter)
	}
	return nil
}

// Result returns the [height, width] that pictures get.
func (r *Resize) Result() []int {
	if len(r.Crop) == 2 {
		return r.Crop
	}
	return r.Size
}
