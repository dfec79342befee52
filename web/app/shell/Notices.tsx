import "@mantine/notifications/styles.layer.css";
import { Notifications } from "@mantine/notifications";
import classes from "./Notices.module.css";

export default function Notices() {
  return <Notifications position="top-center" limit={4} containerWidth={360} className={classes.notices} />;
}
