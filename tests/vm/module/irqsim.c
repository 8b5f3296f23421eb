/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gpio-sim needs the kernel's interrupt simulator, which Debian's kernels lack and
 * which is not meant to be a module. This makes one of it: irq_sim.c comes from
 * Debian's linux-source package, unchanged, and is put beside this file.
 */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>

/* irq_to_desc() is not exported to modules; this says the same with what is. */
#define irq_to_desc(virq) irq_data_to_desc(irq_get_irq_data(virq))

#include "irq_sim.c"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Interrupt simulator, for gpio-sim");
