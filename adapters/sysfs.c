/*
 * sysfs: files that hold one number, as the kernel's drivers show them: temperatures,
 * voltages, supplies, 1-wire thermometers. Blocking shape: to read such a file may make
 * a chip measure, which takes up to a second of a 1-wire thermometer, and however long
 * a broken driver takes.
 *
 * Nothing is kept open: files come and go with their hardware, and the numbers in their
 * folders' names change. So a folder may be named by what its file `name` says.
 */
#include "adapters/sink.h"
#include "core/number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_SIZE = 4096 /* a page: the kernel's largest */, W1_MS = 800, NUMBER_MS = 1 };
enum sysfs_kind { SYSFS_NUMBER, SYSFS_W1 };

struct sysfs_device {
	const char *path, *name;
};

struct sysfs_point {
	const char *file, *scale_file;
	int kind; /* enum sysfs_kind */
	double scale, offset;
};

/* The whole file as a text without the blanks at its end. 0 or -errno. */
static int read_file(int folder, const char *name, char text[static FILE_SIZE])
{
	/* Not blocking, so that a fifo that somebody put there does not hold the bus. */
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got;
	size_t size;
	int error;

	if (fd < 0)
		return -errno;
	got = read(fd, text, FILE_SIZE - 1);
	error = got < 0 ? -errno : 0;
	close(fd);
	if (error)
		return error;
	size = (size_t)got;
	if (memchr(text, '\0', size))
		return -EBADMSG;
	while (size > 0 && strchr(" \t\r\n", text[size - 1]))
		size--;
	text[size] = '\0';
	return 0;
}

static bool has_name(int parent, const char *child, const char *name)
{
	char path[PATH_MAX], text[FILE_SIZE];

	snprintf(path, sizeof(path), "%s/name", child);
	return read_file(parent, path, text) == 0 && strcmp(text, name) == 0;
}

/* The one folder in `parent` of that name: its descriptor, -ENOENT, or -ENOTUNIQ where two are. */
static int open_named(int parent, const char *name)
{
	int listed = dup(parent), found = -ENOENT;
	DIR *folder = listed < 0 ? NULL : fdopendir(listed);
	struct dirent *entry;

	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || !has_name(parent, entry->d_name, name))
			continue;
		if (found >= 0) {
			close(found);
			found = -ENOTUNIQ;
			break;
		}
		found = openat(parent, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (found < 0)
			found = -errno;
	}
	closedir(folder);
	return found;
}

static int open_folder(const struct sysfs_device *device)
{
	int parent = open(device->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder;

	if (parent < 0)
		return -errno;
	if (!device->name)
		return parent;
	folder = open_named(parent, device->name);
	close(parent);
	return folder;
}

/* "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 ... t=23125": thousandths of a degree. */
static int parse_w1(char *text, double *value)
{
	char *second = strchr(text, '\n'), *temperature;

	if (!second)
		return -EBADMSG;
	*second++ = '\0';
	temperature = strstr(second, " t=");
	if (strlen(text) < 4 || strcmp(text + strlen(text) - 4, " YES") != 0 || !temperature ||
		!number_parse(temperature + strlen(" t="), value))
		return -EBADMSG;
	return 0;
}

static int parse_number(char *text, double *value)
{
	return number_parse(text, value) ? 0 : -EBADMSG;
}

static int (*const parsers[])(char *text, double *value) = {
	[SYSFS_NUMBER] = parse_number,
	[SYSFS_W1] = parse_w1,
};

static int read_value(int folder, const struct sysfs_point *options, double *value)
{
	char text[FILE_SIZE];
	double factor = 1;
	int error = read_file(folder, options->file, text);

	if (!error)
		error = parsers[options->kind](text, value);
	if (!error && options->scale_file)
		error = read_file(folder, options->scale_file, text);
	if (!error && options->scale_file)
		error = parse_number(text, &factor);
	*value = *value * factor * options->scale + options->offset;
	return error;
}

/* What a failed file means: of the file's hardware, or of our right to look. */
static void tell_failure(struct sink *sink, const struct point *point, int error)
{
	switch (error) {
	case -EBADMSG:
		sink_bad(sink, point, REASON_GARBLED);
		break;
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		sink_bad(sink, point, REASON_OFFLINE);
		break;
	case -EACCES:
	case -EPERM:
	case -ENOTUNIQ:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		sink_local(sink, point, error);
		break;
	default: /* what the driver says when its chip does not answer: EIO, ENODATA, ... */
		sink_bad(sink, point, REASON_DEVICE);
		break;
	}
}

static int sysfs_read(void *link, struct poll *poll, struct sink *sink)
{
	int folder = open_folder(poll->device->options);

	(void)link;
	if (folder == -ENOENT) { /* unplugged: the whole device, and one trouble will do */
		sink_bad_poll(sink, poll, REASON_LINK);
		return -ETIMEDOUT;
	}
	for (size_t i = 0; i < poll->count; i++) {
		const struct point *point = poll->points[i];
		double value = 0;
		int error = folder < 0 ? folder : read_value(folder, point->options, &value);

		if (error)
			tell_failure(sink, point, error);
		else
			sink_value(sink, point, value);
	}
	if (folder >= 0)
		close(folder);
	/* A folder that is not there is a device that does not answer; a bad file is an answer. */
	return folder < 0 ? -ETIMEDOUT : 0;
}

/* There is no link: files are opened when they are read. */
static int sysfs_open(const struct bus *bus, void **link)
{
	(void)bus;
	*link = NULL;
	return 0;
}

static void sysfs_close(void *link)
{
	(void)link;
}

static double sysfs_cost_ms(const struct poll *poll)
{
	double cost = 0;

	for (size_t i = 0; i < poll->count; i++) {
		const struct sysfs_point *options = poll->points[i]->options;

		cost += options->kind == SYSFS_W1 ? W1_MS : NUMBER_MS;
	}
	return cost;
}

static void check_device(struct device *device, struct option_errors *errors)
{
	const struct sysfs_device *options = device->options;

	if (options->path[0] != '/')
		errors->add(errors, "path", "\"%s\" is not an absolute path; write /sys/...",
			options->path);
}

static void check_inside(const char *option, const char *file, struct option_errors *errors)
{
	if (file && (file[0] == '/' || strstr(file, "..")))
		errors->add(errors, option,
			"\"%s\" must lie in the device's folder: no / in front, no ..", file);
}

static void check_point(struct point *point, struct option_errors *errors)
{
	const struct sysfs_point *options = point->options;

	check_inside("file", options->file, errors);
	check_inside("scale_file", options->scale_file, errors);
}

static const char *const kind_choices[] = { "number", "w1", NULL };

#define DEVICE(member) offsetof(struct sysfs_device, member)
#define POINT(member) offsetof(struct sysfs_point, member)

/* clang-format off */
static const struct option_spec device_options[] = {
	{ .name = "path", .type = OPTION_STRING, .offset = DEVICE(path), .required = true,
		.help = "the folder of its files, such as /sys/class/power_supply/AC" },
	{ .name = "name", .type = OPTION_STRING, .offset = DEVICE(name),
		.help = "path is a folder of folders: that one whose file `name` says this" },
	{ .name = NULL },
};

static const struct option_spec point_options[] = {
	{ .name = "file", .type = OPTION_STRING, .offset = POINT(file), .required = true,
		.help = "the file that holds its value, such as temp1_input" },
	{ .name = "kind", .type = OPTION_CHOICE, .offset = POINT(kind), .choices = kind_choices,
		.value = "number",
		.help = "w1: a w1_slave file, whose checksum must be right; thousandths of a degree" },
	{ .name = "scale_file", .type = OPTION_STRING, .offset = POINT(scale_file),
		.help = "a file beside it whose number is one more factor, such as in_temp_scale" },
	{ .name = "scale", .type = OPTION_REAL, .offset = POINT(scale), .min = -1e12, .max = 1e12,
		.value = "1.0", .help = "value = number x scale + offset" },
	{ .name = "offset", .type = OPTION_REAL, .offset = POINT(offset), .min = -1e15, .max = 1e15,
		.value = "0.0", .help = "value = number x scale + offset" },
	{ .name = NULL },
};
/* clang-format on */

static const struct adapter_blocking verbs = {
	.open = sysfs_open,
	.read = sysfs_read,
	.close = sysfs_close,
};

extern const struct adapter adapter_sysfs;
const struct adapter adapter_sysfs = {
	.name = "sysfs",
	.summary = "files that hold a number: sensors of the kernel's drivers",
	.device_options = device_options,
	.point_options = point_options,
	.device_size = sizeof(struct sysfs_device),
	.point_size = sizeof(struct sysfs_point),
	.check_device = check_device,
	.check_point = check_point,
	.cost_ms = sysfs_cost_ms,
	.blocking = &verbs,
};
