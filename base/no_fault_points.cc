// What all programs have but the one that tests make fail. Nothing else may be in this file: the
// linker leaves it out where its functions are there already.
#include "base/fault_points.h"

namespace yilan {

void PassFaultPoint(FaultPoint) {}
bool IsPlanted(Mutant) { return false; }

}  // namespace yilan
